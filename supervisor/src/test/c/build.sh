#!/bin/sh
# Builds the keeper with the address and undefined-behaviour sanitizers, the fuzzer of launch plans, and the probe: build.sh <directory>.
# Does nothing if the programs are newer than their sources.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../main/c
mkdir -p "$1/reports"
directory=$(cd "$1" && pwd)
if [ -e "$directory/fuzz-plan" ] && [ -z "$(find "$here" "$sources" -newer "$directory/fuzz-plan")" ]; then
    exit 0
fi
flags="-std=gnu11 -O1 -g -Wall -Wextra -Werror -fno-strict-aliasing -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -I$sources"
# What tests put into a container to try what it may; static, since the container has no loader.
"${CC:-cc}" -std=gnu11 -O1 -static -Wall -Wextra -Wno-misleading-indentation -Werror -o "$directory/probe" "$here/probe.c"
# With the C library, which start.c replaces elsewhere. A dynamic loader is no harm: it is done before anything is entered.
"${CC:-cc}" $flags -fno-builtin -DKEEPER_REPORTS="\"$directory/reports/report\"" -o "$directory/stowbook-keeper.new" \
    "$here/hosted.c" $(find "$sources" -name '*.c' ! -name start.c | LC_ALL=C sort)
mv "$directory/stowbook-keeper.new" "$directory/stowbook-keeper"
"${CC:-cc}" $flags -o "$directory/fuzz-plan.new" "$here/fuzz_plan.c" "$sources/plan.c" "$sources/wire.c" "$sources/text.c"
mv "$directory/fuzz-plan.new" "$directory/fuzz-plan"
