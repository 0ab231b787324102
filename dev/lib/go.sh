# shellcheck shell=bash
# To be sourced: builds the programs of dev that are written in Go. The sourcing script sets "root" to the repository.

# go_build MODULE FILE: builds the program in dev/MODULE as FILE.
go_build() {
    # If Go is too old, dev/cluster has downloaded another.
    local fetched=${XDG_CACHE_HOME:-$HOME/.cache}/portclaim/go$(sed -n 's/^go //p' "$root/dev/controlplane/go.mod")
    [[ ! -x $fetched/bin/go ]] || local -x GOROOT='' PATH=$fetched/bin:$PATH
    (cd "$root/dev/$1" && GOWORK=off CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$2" .)
}
