// SPDX-License-Identifier: BSD-2-Clause

// bench/gopacket.go - what a program in Go takes that reads each packet by itself
//
//	gopacket FILE
//
// Decodes packets by gopacket, reads what begins like a message by net/http, and prints an
// event by encoding/json, as Aqua Tracee's user land does. Messages in several packets, and
// those that do not begin one, it misses: a peer for the time, not for what is found.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

type arg struct {
	Name  string      `json:"name"`
	Type  string      `json:"type"`
	Value interface{} `json:"value"`
}

type event struct {
	Timestamp int64  `json:"timestamp"`
	EventID   int    `json:"eventId,string"`
	EventName string `json:"eventName"`
	ArgsNum   int    `json:"argsNum"`
	Args      []arg  `json:"args"`
}

type protoHTTP struct {
	Direction     string      `json:"direction"`
	Method        string      `json:"method"`
	Protocol      string      `json:"protocol"`
	Host          string      `json:"host"`
	URIPath       string      `json:"uri_path"`
	Status        string      `json:"status"`
	StatusCode    int         `json:"status_code"`
	Headers       http.Header `json:"headers"`
	ContentLength int64       `json:"content_length"`
}

var methods = [][]byte{[]byte("GET "), []byte("POST "), []byte("PUT "), []byte("DELETE "), []byte("HEAD "),
	[]byte("CONNECT "), []byte("OPTIONS "), []byte("TRACE "), []byte("PATCH ")}

func startsRequest(payload []byte) bool {
	for _, method := range methods {
		if bytes.HasPrefix(payload, method) {
			return true
		}
	}
	return false
}

func readRequest(payload []byte) *protoHTTP {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(payload)))
	if err != nil {
		return nil
	}
	return &protoHTTP{Direction: "request", Method: r.Method, Protocol: r.Proto, Host: r.Host,
		URIPath: r.URL.Path, Headers: r.Header, ContentLength: r.ContentLength}
}

func readResponse(payload []byte) *protoHTTP {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(payload)), nil)
	if err != nil {
		return nil
	}
	return &protoHTTP{Direction: "response", Protocol: r.Proto, Status: r.Status, StatusCode: r.StatusCode,
		Headers: r.Header, ContentLength: r.ContentLength}
}

func readMessage(payload []byte) *protoHTTP {
	if startsRequest(payload) {
		return readRequest(payload)
	}
	if bytes.HasPrefix(payload, []byte("HTTP/")) {
		return readResponse(payload)
	}
	return nil
}

func eventOf(at time.Time, packet gopacket.Packet) *event {
	tcp, isTCP := packet.TransportLayer().(*layers.TCP)
	if !isTCP || len(tcp.Payload) == 0 {
		return nil
	}
	message := readMessage(tcp.Payload)
	if message == nil {
		return nil
	}
	src, dst := packet.NetworkLayer().NetworkFlow().Endpoints()
	args := []arg{{"src", "string", src.String()}, {"dst", "string", dst.String()},
		{"src_port", "uint16", uint16(tcp.SrcPort)}, {"dst_port", "uint16", uint16(tcp.DstPort)},
		{"metadata", "trace.PacketMetadata", map[string]int{"direction": 1}},
		{"proto_http", "trace.ProtoHTTP", message}}
	return &event{at.UnixNano(), 2009, "net_packet_http", len(args), args}
}

func printEvents(from io.Reader, to io.Writer) error {
	reader, err := pcapgo.NewReader(bufio.NewReaderSize(from, 1<<16))
	if err != nil {
		return err
	}
	for out := json.NewEncoder(to); ; {
		data, info, err := reader.ReadPacketData()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		e := eventOf(info.Timestamp, gopacket.NewPacket(data, reader.LinkType(), gopacket.NoCopy))
		if e == nil {
			continue
		}
		if err := out.Encode(e); err != nil {
			return err
		}
	}
}

func run(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	to := bufio.NewWriterSize(os.Stdout, 1<<16)
	if err := printEvents(file, to); err != nil {
		return err
	}
	return to.Flush()
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gopacket FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "gopacket: %v\n", err)
		os.Exit(1)
	}
}
