package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.spi.cgroup.CgroupLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What not every kernel has of a controller: looked for in the instance's own parent group, before a group is made. */
final class Features {
    private final CgroupFiles files;
    private final Groups tree;
    private final Map<String, Boolean> known = new ConcurrentHashMap<>();

    Features(CgroupFiles files, Groups tree) {
        this.files = files;
        this.tree = tree;
    }

    /** A sentence for each limit that v1 or this kernel does not have. The controllers are there. */
    List<String> missingFor(CgroupLimits limits) throws LinuxException {
        var missing = new ArrayList<String>();
        CgroupLimits.Memory memory = limits.memory();
        if (memory.minBytes().isPresent()) {
            missing.add("cgroup v1 cannot guarantee memory (minBytes): use reservationBytes, its soft limit, or a host with cgroup v2");
        }
        if (memory.highBytes().isPresent()) {
            missing.add("cgroup v1 cannot slow a group for its memory (highBytes): use limitBytes, or a host with cgroup v2");
        }
        if (memory.oomGroup().isPresent()) {
            missing.add("cgroup v1 cannot kill a group as a whole when it is out of memory (oomGroup): leave it out, or use a host with"
                    + " cgroup v2");
        }
        if (limits.cpu().burstMicros().isPresent() && !has("cpu", "cpu.cfs_burst_us")) {
            missing.add("this kernel has no cpu.cfs_burst_us (burstMicros): boot Linux 5.14 or later");
        }
        if (memory.reservationBytes().isPresent() && !has("memory", "memory.soft_limit_in_bytes")) {
            missing.add("this kernel is built without memory.soft_limit_in_bytes (reservationBytes), as real-time kernels are: leave it out");
        }
        if (limits.io().weight().isPresent() && !has("blkio", "blkio.bfq.weight")) {
            missing.add("this kernel has no blkio.bfq.weight (io weight): load the BFQ scheduler (`modprobe bfq`) and choose it for the"
                    + " device in /sys/block/<device>/queue/scheduler");
        }
        for (long page : limits.hugetlb().keySet()) {
            String size = Conversions.hugePageSize(page);
            if (!has("hugetlb", "hugetlb." + size + ".limit_in_bytes")) {
                missing.add("this host has no huge pages of " + size + ": see /sys/kernel/mm/hugepages for the sizes it has");
            }
        }
        return missing;
    }

    private boolean has(String controller, String file) throws LinuxException {
        Boolean there = known.get(file);
        if (there == null) {
            there = files.exists(tree.parentOf(controller).resolve(file));
            known.put(file, there);
        }
        return there;
    }
}
