package image

import "strings"

// Normalize completes a reference as Kubernetes does before it looks for an
// image: busybox is docker.io/library/busybox:latest.
func Normalize(reference string) string {
	name, digest, digested := strings.Cut(reference, "@")
	if last := name[strings.LastIndex(name, "/")+1:]; !strings.Contains(last, ":") && !digested {
		name += ":latest"
	}
	first, _, found := strings.Cut(name, "/")
	switch {
	case !found:
		name = "docker.io/library/" + name
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		name = "docker.io/" + name
	}
	if digested {
		name += "@" + digest
	}
	return name
}
