// Go: a goroutine per client, which reads as if it blocked; the runtime parks it, and waits for all in one epoll.
// Mechanism: net.Conn, and io.Copy from a connection to itself (on Linux that is splice(2): no byte is copied).
// Cost: a stack of a few KiB for each client, and a scheduler between the kernel and the goroutine.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: server HOST PORT")
	}
	// Reuse of the address, no delay and the largest backlog are Go's defaults.
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	for {
		client, err := listener.Accept()
		if err != nil {
			// Out of descriptors, for one: without a pause this would spin until a client leaves.
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go echo(client)
	}
}

// io.Copy ends at the client's FIN, when all is sent back, or at an error, which is this client's own.
func echo(client net.Conn) {
	defer client.Close()
	io.Copy(client, client)
}
