// Non-blocking: one thread asks every socket, round and round, whether it has something; none ever makes it wait.
// Mechanism: O_NONBLOCK; a call that has nothing returns EAGAIN, which is told from a real error.
// Cost: every round asks everybody, however few have something; and a nap delays whoever comes while it lasts.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall" // package net would hide EAGAIN: its runtime waits in epoll on our behalf
	"time"
)

const chunkSize = 64 * 1024 // bytes received at a time, and so the most that a client is ever owed

type client struct {
	buffer [chunkSize]byte
	owed   []byte // the part of buffer that is not yet sent back
}

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
	check(syscall.SetNonblock(listener, true))
	clients := map[int]*client{} // by descriptor
	for {
		moved := acceptClient(listener, clients)
		for fd := range clients {
			moved = echo(fd, clients) || moved
		}
		if !moved {
			time.Sleep(time.Millisecond) // a whole round found nothing; to ask again at once would burn a core
		}
	}
}

func acceptClient(listener int, clients map[int]*client) bool {
	fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK) // it would block, whatever its listener does
	if err != nil {
		// EAGAIN: nobody is there, the answer to almost every asking. EMFILE: nobody can come before somebody leaves.
		return false
	}
	clients[fd] = &client{}
	return true
}

// Receives only when nothing is owed: order, bounded memory and half-close follow from that one rule.
func echo(fd int, clients map[int]*client) bool {
	client := clients[fd]
	if len(client.owed) == 0 {
		length, err := syscall.Read(fd, client.buffer[:])
		if isNothingYet(err) {
			return false // not an error: ask again in the next round
		}
		if err != nil || length == 0 {
			return leave(fd, clients) // ECONNRESET; or FIN, and all is sent back already
		}
		client.owed = client.buffer[:length]
	}
	sent, err := syscall.Write(fd, client.owed) // which may be less
	if isNothingYet(err) {
		return false
	}
	if err != nil {
		return leave(fd, clients) // ECONNRESET, EPIPE
	}
	client.owed = client.owed[sent:]
	return true
}

func leave(fd int, clients map[int]*client) bool {
	syscall.Close(fd)
	delete(clients, fd)
	return true
}

func isNothingYet(err error) bool {
	return err == syscall.EAGAIN || err == syscall.EINTR
}
