package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	account  = "/var/run/secrets/kubernetes.io/serviceaccount/"
	reviews  = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
	question = `{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}`
)

// ask asks the apiserver twice a second who this pod is, with the token and the authority that lie in the pod at that moment,
// and prints the answer. It has no end of its own.
func ask() {
	for {
		name, err := whoAmI()
		now := time.Now().UTC().Format(time.TimeOnly)
		var unknown *tls.CertificateVerificationError
		switch {
		case err == nil:
			fmt.Println(now, "answered:", name)
		case errors.Is(err, errRefused), errors.As(err, &unknown):
			fmt.Println(now, "refused:", oneLine(err))
		default:
			fmt.Println(now, "no answer:", oneLine(err))
		}
		time.Sleep(time.Second / 2)
	}
}

// errRefused is for an answer that knows the pod no longer.
var errRefused = errors.New("refused")

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " ") }

func whoAmI() (string, error) {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return "", err
	}
	ca, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return "", err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := http.Client{
		Timeout: 2 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
		},
	}
	server := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	request, err := http.NewRequest(http.MethodPost, "https://"+server+reviews, bytes.NewReader([]byte(question)))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	return answer(response)
}

func answer(response *http.Response) (string, error) {
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	switch response.StatusCode {
	case http.StatusCreated:
	case http.StatusUnauthorized, http.StatusForbidden:
		return "", fmt.Errorf("%w: %s: %.200s", errRefused, response.Status, text)
	default:
		return "", fmt.Errorf("%s: %.200s", response.Status, text)
	}
	var review struct {
		Status struct{ UserInfo struct{ Username string } }
	}
	err = json.Unmarshal(text, &review)
	return review.Status.UserInfo.Username, err
}
