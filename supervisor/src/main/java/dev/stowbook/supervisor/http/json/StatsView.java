package dev.stowbook.supervisor.http.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.supervisor.model.Bound;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.stats.InterfaceCounters;
import dev.stowbook.supervisor.stats.Reading;
import dev.stowbook.supervisor.stats.Sample;
import java.util.Optional;
import java.util.OptionalLong;

/** A reading as the API shows it: counters as the kernel has them, a field for each that the host has. */
public final class StatsView {
    private StatsView() {}

    /** One line of a stream of statistics. */
    public static ObjectNode of(Pod pod, Container container, Reading reading) {
        Sample sample = reading.now();
        CgroupStats group = sample.group();
        ObjectNode json = Json.object()
                .put("time", sample.at().toString())
                .put("id", container.id().value())
                .put("ref", pod.spec().name() + "/" + container.name());
        ObjectNode cpu = json.putObject("cpu");
        put(cpu, "usageNanos", group.cpu().usageNanos());
        put(cpu, "userNanos", group.cpu().userNanos());
        put(cpu, "systemNanos", group.cpu().systemNanos());
        put(cpu, "periods", group.cpu().periods());
        put(cpu, "throttledPeriods", group.cpu().throttledPeriods());
        put(cpu, "throttledNanos", group.cpu().throttledNanos());
        reading.processors().ifPresent(processors -> cpu.put("processors", Math.round(processors * 1000) / 1000.0));
        memory(json.putObject("memory"), group.memory(), Bound.numberOf(container.definition().resources().memory().limitBytes()));
        ObjectNode io = json.putObject("io");
        put(io, "readBytes", group.io().readBytes());
        put(io, "writeBytes", group.io().writeBytes());
        put(io, "reads", group.io().reads());
        put(io, "writes", group.io().writes());
        ObjectNode pids = json.putObject("pids");
        put(pids, "current", group.pids());
        put(pids, "limit", Bound.numberOf(container.definition().resources().pids()));
        put(pids, "refused", group.pidsRefused());
        interfaces(json.putArray("network"), sample);
        ObjectNode pressure = json.putObject("pressure");
        stall(pressure, "cpu", group.pressure().cpu());
        stall(pressure, "memory", group.pressure().memory());
        stall(pressure, "io", group.pressure().io());
        return json;
    }

    private static void memory(ObjectNode json, CgroupStats.Memory memory, OptionalLong limit) {
        put(json, "usageBytes", memory.usageBytes());
        put(json, "workingSetBytes", workingSet(memory));
        put(json, "limitBytes", limit);
        put(json, "peakBytes", memory.peakBytes());
        put(json, "anonBytes", memory.anonBytes());
        put(json, "fileBytes", memory.fileBytes());
        put(json, "swapBytes", memory.swapBytes());
        put(json, "pageFaults", memory.pageFaults());
        put(json, "majorFaults", memory.majorFaults());
        put(json, "oomKills", memory.oomKills());
    }

    /** What is charged without the part of the page cache that is given up first. */
    public static OptionalLong workingSet(CgroupStats.Memory memory) {
        return memory.usageBytes().isPresent() && memory.inactiveFileBytes().isPresent()
                ? OptionalLong.of(Math.max(0, memory.usageBytes().getAsLong() - memory.inactiveFileBytes().getAsLong()))
                : memory.usageBytes();
    }

    private static void interfaces(ArrayNode array, Sample sample) {
        for (InterfaceCounters link : sample.interfaces()) {
            array.addObject()
                    .put("interface", link.name())
                    .put("receivedBytes", link.receivedBytes())
                    .put("receivedPackets", link.receivedPackets())
                    .put("receivedErrors", link.receivedErrors())
                    .put("receivedDropped", link.receivedDropped())
                    .put("sentBytes", link.sentBytes())
                    .put("sentPackets", link.sentPackets())
                    .put("sentErrors", link.sentErrors())
                    .put("sentDropped", link.sentDropped());
        }
    }

    private static void stall(ObjectNode pressure, String resource, Optional<CgroupStats.Stall> stall) {
        stall.ifPresent(value -> pressure.putObject(resource)
                .put("someMicros", value.someMicros())
                .put("fullMicros", value.fullMicros()));
    }

    private static void put(ObjectNode json, String name, OptionalLong value) {
        value.ifPresent(number -> json.put(name, number));
    }
}
