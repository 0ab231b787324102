package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"slices"
	"testing"
)

func parse(t *testing.T, pair Pair) *x509.Certificate {
	t.Helper()
	loaded, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatalf("certificate and key do not belong together: %v", err)
	}
	return loaded.Leaf
}

func authority(t *testing.T) (*Authority, *x509.CertPool) {
	t.Helper()
	a, err := NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return a, pool
}

func TestAServerCertificateHoldsForLoopbackOnly(t *testing.T) {
	a, pool := authority(t)
	pair, err := a.Server("server", net.IPv4(10, 96, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	cert := parse(t, pair)
	for _, host := range []string{"127.0.0.1", "localhost", "::1", "10.96.0.1", "kubernetes.default.svc"} {
		if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: host}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: "example.org"}); err == nil {
		t.Error("holds for example.org")
	}
}

func TestAClusterTrustsNoCertificateOfAnother(t *testing.T) {
	a, _ := authority(t)
	_, others := authority(t)
	pair, err := a.Server("server")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parse(t, pair).Verify(x509.VerifyOptions{Roots: others}); err == nil {
		t.Error("a certificate of one authority passes the check of another")
	}
}

func TestAClientCertificateNamesUserAndGroups(t *testing.T) {
	a, pool := authority(t)
	subject := Subject{User: "somebody", Groups: []string{"system:masters"}}
	for name, issue := range map[string]func(Subject) (Pair, error){"Client": a.Client, "AnyClient": a.AnyClient} {
		pair, err := issue(subject)
		if err != nil {
			t.Fatal(err)
		}
		cert := parse(t, pair)
		usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: usage}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if cert.Subject.CommonName != subject.User || !slices.Equal(cert.Subject.Organization, subject.Groups) {
			t.Errorf("%s: subject is %v", name, cert.Subject)
		}
	}
}

func TestAUsersKeyIsInTheFormThatEveryClientReads(t *testing.T) {
	a, _ := authority(t)
	pair, err := a.AnyClient(Subject{User: "somebody"})
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(pair.Key); block == nil || block.Type != "RSA PRIVATE KEY" {
		t.Errorf("the key is %s", pair.Key[:40])
	}
}
