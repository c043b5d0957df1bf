#!/bin/sh
# Builds the keeper: build.sh <directory>. CC may be set, and CFLAGS for more. Does nothing if the program is newer than its sources.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1/stowbook-keeper
compiler=${CC:-cc}
if ! command -v "$compiler" >/dev/null 2>&1; then
    echo "The keeper is a C program, and there is no C compiler '$compiler': install one (Debian: apt-get install gcc libc6-dev)." >&2
    exit 1
fi
if [ -e "$program" ] && [ -z "$(find "$here" -newer "$program")" ]; then
    exit 0
fi
mkdir -p "$1"
# No C library: see sys.h. Then moved into place, so that nobody finds half a program.
"$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -ffreestanding -fno-pie -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-strict-aliasing \
    -fstack-protector-strong -mstack-protector-guard=global \
    ${CFLAGS:-} -static -nostdlib -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,separate-code -s \
    -o "$program.new" "$here"/*.c
mv "$program.new" "$program"
