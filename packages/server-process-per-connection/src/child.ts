// One client's process: its stdin and stdout are the connection, and its end closes them.
import { echo, stdio } from "@echolab/protocol-core";

echo(stdio);
