import { describe, expect, test } from "vitest";
import { clientIsGone } from "../src/failures.ts";

const withCode = (code: string) => Object.assign(new Error(code), { code });
const network = "ENETDOWN EPROTO ENOPROTOOPT EHOSTDOWN ENONET EHOSTUNREACH EOPNOTSUPP ENOTSUP ENETUNREACH".split(" ");
const others = "ECONNRESET EPIPE ETIMEDOUT ECONNABORTED ECONNREFUSED EACCES".split(" ");
const memory = "ENOBUFS ENOMEM".split(" ");
const mistakes = "EBADF EFAULT EINVAL ENOTSOCK ENOTCONN EAGAIN EADDRINUSE EMFILE EPERM".split(" ");

describe("an error of recv or send", () => {
  test.each([...others, ...network, ...memory])("%s ends this client, and not the server", (code) =>
    expect(clientIsGone(withCode(code))).toBe(true),
  );

  test.each(mistakes)("%s is not a client's doing", (code) => expect(clientIsGone(withCode(code))).toBe(false));

  test("without a code is a bug", () => expect(clientIsGone(new Error("a bug"))).toBe(false));
});
