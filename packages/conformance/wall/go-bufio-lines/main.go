// From: the Scanner loop of tutorials, as in Donovan and Kernighan, "The Go Programming Language", 8.3 (reverb1).
// Adapted (retold): host and port from the command line; it shouts nothing, and echoes each line once, at once.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err) // e.g., connection aborted
			continue
		}
		go handleConn(conn)
	}
}

func handleConn(c net.Conn) {
	input := bufio.NewScanner(c)
	for input.Scan() {
		fmt.Fprintln(c, input.Text())
	}
	// NOTE: ignoring potential errors from input.Err()
	c.Close()
}
