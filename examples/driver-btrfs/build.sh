#!/bin/sh
# usage: examples/driver-btrfs/build.sh [MAVEN-ARGUMENT...]
# Publishes spi, linux and testkit into a directory below target, as a release would into a registry, then builds the driver from there alone and
# runs the conformance kit on a btrfs in a file. Leaves target/driver-btrfs.zip. Needs root and btrfs-progs for the kit; -DskipTests leaves it out.
set -eu
here=$(cd "${0%/*}" && pwd -P)
home=$(cd "$here/../.." && pwd -P)
. "$home/bin/jdk.sh"
find_jdk javac
export JAVA_HOME="$java_home"
[ "$java_major" -lt 23 ] || export MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow"
published=$here/target/repository
rm -rf "$published"

echo "Publishing spi, linux and testkit into $published ..."
mvn -B -q -f "$home/pom.xml" -pl .,spi,linux,testkit -Dmaven.test.skip=true -DaltDeploymentRepository="stowbook::file://$published" "$@" deploy

# Maven keeps copies of what it fetched. Ours go into a repository of this build's own, all others stay shared: a stale copy of spi in the
# shared one would one day be taken for the real one.
local=$here/target/local
shared=$(mvn -B -q -f "$here/pom.xml" help:evaluate -Dexpression=settings.localRepository -DforceStdout "$@" 2> /dev/null || :)
[ -d "$shared" ] || shared=$HOME/.m2/repository
rm -rf "$local"
mkdir -p "$local/dev"
for there in "$shared"/*; do
    [ "${there##*/}" = dev ] || ln -s "$there" "$local/${there##*/}"
done
for there in "$shared"/dev/*; do
    [ "${there##*/}" = stowbook ] || [ ! -e "$there" ] || ln -s "$there" "$local/dev/${there##*/}"
done

echo "Building the driver ..."
mvn -B -q -f "$here/pom.xml" -Dmaven.repo.local="$local" -Dstowbook.repository.url="file://$published" "$@" package
sha256sum "$here/target/driver-btrfs.zip"
