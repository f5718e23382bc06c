// Concurrent: the main goroutine accepts, and each client gets a goroutine of its own that may sleep.
// Mechanism: a goroutine for each client, which reads as if it blocked; the runtime parks it, and waits in one epoll.
// Cost: a stack and a chunk for each client, and a scheduler between the kernel and the goroutine.
package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

const chunkSize = 64 * 1024 // bytes received at a time, and so the most that a client is ever owed

func main() {
	serve(openListener(os.Args[1:]))
}

func openListener(words []string) net.Listener {
	address, err := netip.ParseAddrPort(strings.Join(words, ":"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage: server HOST PORT, an IPv4 address and a port from 0 to 65535")
		os.Exit(2)
	}
	listener, err := net.Listen("tcp4", address.String()) // it sets SO_REUSEADDR, and TCP_NODELAY for each client
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	return listener
}

func serve(listener net.Listener) {
	for {
		go echo(acceptClient(listener))
	}
}

func acceptClient(listener net.Listener) net.Conn {
	for {
		client, err := listener.Accept() // sleeps until somebody connects
		if err == nil {
			return client
		}
		time.Sleep(100 * time.Millisecond) // out of descriptors, for one: without a pause this would spin
	}
}

// Receives only when all is sent back: order, bounded memory and half-close follow from that one rule.
func echo(client net.Conn) {
	defer client.Close()
	chunk := make([]byte, chunkSize)
	for {
		length, err := client.Read(chunk) // sleeps whenever this client is silent, and nobody minds
		if err != nil {
			return // io.EOF is the client's FIN; ECONNRESET
		}
		if _, err := client.Write(chunk[:length]); err != nil { // unlike write(2), it returns when all is sent
			return // ECONNRESET, EPIPE
		}
	}
}
