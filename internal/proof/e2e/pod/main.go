// Command pod is the program of the boot proof's own images: as pause it holds a sandbox, as lookup it is a pod's work.
//
//	pod               waits for the end
//	pod lookup NAME   prints the addresses of NAME, as soon as the cluster's DNS has them, and waits for the end
//	pod ask           asks the apiserver again and again, with the pod's token, who it is
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	switch {
	case len(os.Args) == 3 && os.Args[1] == "lookup":
		lookUp(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "ask":
		go ask()
	}
	<-end
}

// lookUp has no end of its own: the test that reads the log has.
func lookUp(name string) {
	for {
		addresses, err := net.LookupHost(name)
		if err == nil {
			fmt.Println(name, addresses)
			return
		}
		fmt.Println(err)
		time.Sleep(time.Second)
	}
}
