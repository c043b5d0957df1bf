# What a daemon leaves in the kernel when it ends, since its containers go on: cgroups, its nftables table, its bridge. For the scripts
# here, which source it.

# Removes what carries the instance id $1, and nothing else.
remove_instance() {
    [ ${#1} = 12 ] || return 0
    for alias in /sys/class/net/*/ifalias; do
        grep -q "^stowbook:$1:" "$alias" 2> /dev/null || continue
        link=${alias#/sys/class/net/}
        ip link delete "${link%/ifalias}"
    done
    ! nft list table inet "stowbook_$1" > /dev/null 2>&1 || nft delete table inet "stowbook_$1"
    for hierarchy in /sys/fs/cgroup/*; do
        [ -h "$hierarchy" ] || [ ! -d "$hierarchy/stowbook-$1" ] || find "$hierarchy/stowbook-$1" -depth -type d -exec rmdir {} +
    done
}

# Prints the id of the instance that answers at STOWBOOK_HOST.
instance_id() {
    "$home/bin/stowbook" info -o json | sed -n 's/.*"instanceId":"\([0-9a-f]*\)".*/\1/p'
}
