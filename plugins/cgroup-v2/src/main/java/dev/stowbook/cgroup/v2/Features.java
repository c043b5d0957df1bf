package dev.stowbook.cgroup.v2;

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

    /** A sentence for each limit that v2 or this kernel does not have. The controllers are there. */
    List<String> missingFor(CgroupLimits limits) throws LinuxException {
        var missing = new ArrayList<String>();
        if (limits.memory().swappiness().isPresent()) {
            missing.add("cgroup v2 has no swappiness of a group: leave it out, and limit swap with limitAndSwapBytes");
        }
        if (limits.netClass().isPresent()) {
            missing.add("cgroup v2 has no net_cls: leave netClass out; packets are told apart by their group itself (nft: socket"
                    + " cgroupv2)");
        }
        if (limits.cpu().burstMicros().isPresent() && !has(LimitPlan.CPU_BURST)) {
            missing.add("this kernel has no cpu.max.burst (burstMicros): boot Linux 5.14 or later");
        }
        if (limits.memory().oomGroup().isPresent() && !has("memory.oom.group")) {
            missing.add("this kernel has no memory.oom.group (oomGroup): boot Linux 4.19 or later");
        }
        if (limits.io().weight().isPresent() && !has(LimitPlan.IO_WEIGHT) && !has(LimitPlan.BFQ_WEIGHT)) {
            missing.add("this kernel has neither io.weight nor io.bfq.weight (io weight): load the BFQ scheduler (`modprobe bfq`) and"
                    + " choose it for the device in /sys/block/<device>/queue/scheduler");
        }
        for (long page : limits.hugetlb().keySet()) {
            String size = Conversions.hugePageSize(page);
            tree.handDownHugetlb();
            if (!has("hugetlb." + size + ".max")) {
                missing.add("this host has no huge pages of " + size + ": see /sys/kernel/mm/hugepages for the sizes it has");
            }
        }
        return missing;
    }

    private boolean has(String file) throws LinuxException {
        Boolean there = known.get(file);
        if (there == null) {
            there = files.exists(tree.readyParent().resolve(file));
            known.put(file, there);
        }
        return there;
    }
}
