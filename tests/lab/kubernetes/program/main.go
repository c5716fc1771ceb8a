// Copyright: (c) 2026, streamops.kafka contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// The servers of a Kubernetes cluster in one program, so that the lab compiles and links their shared code once:
//
//	labcluster [--after KUBECONFIG] etcd|kube-apiserver|kube-controller-manager|kubelet FLAGS...
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // the metrics that the upstream programs register
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// All servers are started at once. The controller manager gives up ten seconds before a busy machine has its API
// server ready, and the kubelet backs off; both wait here instead.
const apiDeadline = 3 * time.Minute

func main() {
	arguments := os.Args[1:]
	if len(arguments) > 2 && arguments[0] == "--after" {
		if err := waitForAPI(arguments[1]); err != nil {
			fmt.Fprintln(os.Stderr, "The API server did not become ready:", err)
			os.Exit(1)
		}
		arguments = arguments[2:]
	}
	if len(arguments) == 0 {
		arguments = []string{""}
	}
	os.Args = arguments // each server parses the flags after its own name
	switch arguments[0] {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllers.NewControllerManagerCommand()))
	case "kubelet":
		os.Exit(cli.Run(kubelet.NewKubeletCommand(context.Background())))
	default:
		known := []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubelet"}
		fmt.Fprintln(os.Stderr, "usage: labcluster [--after KUBECONFIG]", strings.Join(known, "|"), "FLAGS...")
		os.Exit(64)
	}
}

func waitForAPI(kubeconfig string) error {
	configuration, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(configuration)
	if err != nil {
		return err
	}
	var seen error
	err = wait.PollUntilContextTimeout(context.Background(), 200*time.Millisecond, apiDeadline, true,
		func(ctx context.Context) (bool, error) {
			seen = client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
			return seen == nil, nil
		})
	if err != nil {
		return fmt.Errorf("%w; last seen: %v", err, seen)
	}
	return nil
}
