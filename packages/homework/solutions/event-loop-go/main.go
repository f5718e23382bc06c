// Event loop: one thread waits for all clients at once, and visits only those who have something.
// Mechanism: non-blocking sockets in one level-triggered epoll, each watched for reading or for writing.
// Cost: a system call to wait, beside read and write; and whoever computes makes everybody wait.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall" // package net has such a loop inside its runtime; this one is written out
)

const (
	chunkSize = 64 * 1024 // bytes received at a time, and so the most that a client is ever owed
	pause     = 100       // milliseconds until accept is tried again when descriptors have run out
)

type client struct {
	buffer [chunkSize]byte
	owed   []byte // the part of buffer that is not yet sent back
}

// What to wait for: room to send what is owed, or something to receive.
var interest = map[bool]uint32{true: syscall.EPOLLOUT, false: syscall.EPOLLIN}

type loop struct {
	epoll   int
	clients map[int]*client // by descriptor
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
	epoll, err := syscall.EpollCreate1(0)
	check(err)
	loop := loop{epoll, map[int]*client{}}
	check(loop.watch(syscall.EPOLL_CTL_ADD, listener, syscall.EPOLLIN))
	ready := make([]syscall.EpollEvent, 64)
	for timeout := -1; ; {
		// Sleeps until anybody has something. The error is EINTR: SIGCONT, for one.
		count, _ := syscall.EpollWait(epoll, ready, timeout)
		if timeout == pause {
			check(loop.watch(syscall.EPOLL_CTL_MOD, listener, syscall.EPOLLIN))
			timeout = -1
		}
		for i := 0; i < count; i++ {
			if fd := int(ready[i].Fd); fd != listener {
				loop.echo(fd)
			} else if !loop.acceptClient(listener) {
				check(loop.watch(syscall.EPOLL_CTL_MOD, listener, 0)) // or it would be reported ready for ever
				timeout = pause
			}
		}
	}
}

// False when no descriptor is left: who comes now waits in the backlog.
func (loop *loop) acceptClient(listener int) bool {
	fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK)
	if err != nil {
		return isNothingYet(err)
	}
	loop.clients[fd] = &client{}
	if loop.watch(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLIN) != nil {
		loop.leave(fd)
	}
	return true
}

// Receives only when nothing is owed: order, bounded memory and half-close follow from that one rule.
func (loop *loop) echo(fd int) {
	client := loop.clients[fd]
	wasOwed := len(client.owed) > 0
	if !wasOwed {
		length, err := syscall.Read(fd, client.buffer[:])
		if isNothingYet(err) {
			return
		}
		if err != nil || length == 0 {
			loop.leave(fd) // ECONNRESET; or FIN, and all is sent back already
			return
		}
		client.owed = client.buffer[:length]
	}
	sent, err := syscall.Write(fd, client.owed) // which may be less
	if err == nil {
		client.owed = client.owed[sent:]
	} else if !isNothingYet(err) {
		loop.leave(fd) // ECONNRESET, EPIPE
		return
	}
	if isOwed := len(client.owed) > 0; isOwed != wasOwed {
		check(loop.watch(syscall.EPOLL_CTL_MOD, fd, interest[isOwed]))
	}
}

func (loop *loop) leave(fd int) {
	syscall.Close(fd) // epoll forgets it by that
	delete(loop.clients, fd)
}

func (loop *loop) watch(operation, fd int, events uint32) error {
	return syscall.EpollCtl(loop.epoll, operation, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
}

func isNothingYet(err error) bool {
	return err == syscall.EAGAIN || err == syscall.EINTR
}
