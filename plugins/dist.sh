#!/bin/sh
# usage: plugins/dist.sh TARGET
# Copies the zips of the built-in plugins to TARGET and writes plugins.sha256 beside them, which the driver host checks before it loads any.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
mkdir -p "$target"
rm -f "$target"/*.zip "$target"/plugins.sha256
missing=
for plugin in cgroup-v1 cgroup-v2 graphdriver-overlay graphdriver-vfs network-bridge volume-local; do
    found=
    for zip in "$here/$plugin"/target/*-plugin.zip; do
        if [ -f "$zip" ]; then
            cp "$zip" "$target/$plugin.zip"
            found=yes
        fi
    done
    [ -n "$found" ] || missing="$missing $plugin"
done
if [ -n "$missing" ]; then
    echo "Not in $target, because not built:$missing. 'mvn package' of the whole project builds them." >&2
fi
cd "$target"
: > plugins.sha256
for zip in *.zip; do
    [ ! -f "$zip" ] || sha256sum "$zip" >> plugins.sha256
done
