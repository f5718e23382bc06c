// From: Go documentation, package net, Example (Listener), https://pkg.go.dev/net#example-Listener
// Adapted (BSD 3-Clause, Copyright 2012 The Go Authors): host and port from the command line.
package main

import (
	"io"
	"log"
	"net"
	"os"
)

func main() {
	// Listen on the given TCP port of the given address.
	l, err := net.Listen("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	for {
		// Wait for a connection.
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		// Handle the connection in a new goroutine.
		// The loop then returns to accepting, so that
		// multiple connections may be served concurrently.
		go func(c net.Conn) {
			// Echo all incoming data.
			io.Copy(c, c)
			// Shut down the connection.
			c.Close()
		}(conn)
	}
}
