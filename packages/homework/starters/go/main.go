// Your homework: a non-blocking echo server. One thread serves many clients, and no call ever makes it wait.
// Here are the command line, a socket that listens, and the line that says so. The rest is yours.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall" // package net would hide EAGAIN: its runtime waits in epoll on our behalf
	"time"
)

func main() {
	serve(openListener(os.Args[1:]))
}

func openListener(words []string) int {
	address, err := netip.ParseAddrPort(strings.Join(words, ":"))
	if err != nil || !address.Addr().Is4() {
		fmt.Fprintln(os.Stderr, "usage: server HOST PORT, an IPv4 address and a port from 0 to 65535")
		os.Exit(2)
	}
	listener, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	check(err)
	// Or the port would stay taken for as long as old connections are in TIME_WAIT.
	check(syscall.SetsockoptInt(listener, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	// Clients inherit it: small answers leave at once.
	check(syscall.SetsockoptInt(listener, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1))
	check(syscall.Bind(listener, &syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()}))
	check(syscall.Listen(listener, 4096))
	bound, err := syscall.Getsockname(listener)
	check(err)
	fmt.Printf("listening on %s:%d\n", address.Addr(), bound.(*syscall.SockaddrInet4).Port)
	return listener
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func serve(listener int) {
	check(syscall.SetNonblock(listener, true)) // a client that you accept needs this as well
	for {
		// TODO: syscall.Accept4 whoever is there; then, for each client, Read what it has sent, and Write it back.
		// Three questions that you must answer:
		//   1. What if Read returns 0? What must have happened before you Close the client?
		//   2. What if Write takes less than you gave it? Where does the rest wait, and may you Read more meanwhile?
		//   3. What if Accept4, Read or Write would block? Then it returns syscall.EAGAIN. That is not an error, but
		//      ECONNRESET and EPIPE are: what is to be done about each?
		time.Sleep(time.Millisecond) // only if nothing has happened in the whole round
	}
}
