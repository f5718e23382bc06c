// UDP: one socket for everybody. There are no connections, and so nothing to accept, to close, or to wait for.
// Mechanism: ReadFrom says who has sent this datagram, and WriteTo answers; both may sleep.
// Cost: nothing says that a sender is who it says it is. So what is answered, and how often, is the server's business.
package main

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

const (
	largest = 65507 // bytes: the most that a datagram can hold over IPv4
	rate    = 200   // answers a second to one peer, in the long run
	burst   = 400   // and at once
	peers   = 4096  // buckets of tokens; peers that share one share its tokens, so the table never grows
)

var buckets [peers]struct {
	tokens   float64
	refilled time.Time
}

func main() {
	serve(openSocket(os.Args[1:]))
}

func openSocket(words []string) *net.UDPConn {
	address, err := netip.ParseAddrPort(strings.Join(words, ":"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage: server HOST PORT, an IPv4 address and a port from 0 to 65535")
		os.Exit(2)
	}
	server, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(address))
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	fmt.Printf("listening on %s\n", server.LocalAddr())
	return server
}

func serve(server *net.UDPConn) {
	ownPort := server.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	datagram := make([]byte, largest)
	for {
		// Sleeps until one comes; it may be empty. An error (ECONNREFUSED) is an earlier peer's affair.
		length, peer, err := server.ReadFromUDPAddrPort(datagram)
		if err != nil || isSuspicious(peer, ownPort) || !hasToken(peer) {
			continue
		}
		server.WriteToUDPAddrPort(datagram[:length], peer) // UDP may lose an answer
	}
}

// Another echo server, or a service that answers whatever it gets, would answer our answer, and so on for ever.
// From 224 on stand multicast and broadcast: one answer would go to many.
func isSuspicious(peer netip.AddrPort, ownPort uint16) bool {
	return peer.Port() == ownPort || peer.Port() < 1024 || peer.Addr().As4()[0] >= 224
}

// A token bucket: whatever loop is left runs dry.
func hasToken(peer netip.AddrPort) bool {
	hash := int(peer.Port())
	for _, part := range peer.Addr().As4() {
		hash = hash*31 + int(part)
	}
	bucket := &buckets[hash%peers]
	now := time.Now()
	bucket.tokens = math.Min(burst, bucket.tokens+now.Sub(bucket.refilled).Seconds()*rate)
	bucket.refilled = now
	if bucket.tokens < 1 {
		return false
	}
	bucket.tokens--
	return true
}
