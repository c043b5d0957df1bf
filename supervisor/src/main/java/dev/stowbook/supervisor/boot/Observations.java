package dev.stowbook.supervisor.boot;

import dev.stowbook.spi.Observation;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.execute.OomCounts;
import dev.stowbook.supervisor.execute.PressureNews;
import dev.stowbook.supervisor.loop.CommandLoop;
import java.util.Locale;
import java.util.OptionalInt;

/** Takes what drivers noticed to the loop. Any thread. */
final class Observations {
    private final CommandLoop loop;
    private final OomCounts ooms;
    private final PressureNews pressure = new PressureNews();

    Observations(CommandLoop loop, OomCounts ooms) {
        this.loop = loop;
        this.ooms = ooms;
    }

    void observed(String driver, Observation observation) {
        if (observation instanceof Observation.OomKilled oom && !ooms.isNew(leaf(oom.target()), oom.oomKills())) {
            return;
        }
        if (observation instanceof Observation.PressureRose rose && !pressure.isNews(rose, System.nanoTime())) {
            return;
        }
        Command report = switch (observation) {
            case Observation.OomKilled o -> new Report.ReportOom(leaf(o.target()), o.oomKills());
            case Observation.PidsExhausted o -> new Report.ReportPidsExhausted(leaf(o.target()), o.refusals());
            case Observation.PressureRose o -> new Report.ReportPressure(
                    leaf(o.target()),
                    o.trigger().resource().name().toLowerCase(Locale.ROOT),
                    o.trigger().kind().name().toLowerCase(Locale.ROOT),
                    o.trigger().stall().toMillis(),
                    o.trigger().window().toMillis(),
                    o.totalStallMicros());
            case Observation.RulesFlushed o -> new Report.ReportRulesFlushed(o.detail());
            case Observation.ResourceVanished o -> new Report.ReportOrphan("vanished", o.target() + ": " + o.detail());
        };
        loop.submit(
                report, new Actor(Actor.Kind.DRIVER, driver, OptionalInt.empty(), OptionalInt.empty()), 0, "");
    }

    /** A group is told as {@code pod} or {@code pod/container}; the last part names it. */
    private static String leaf(String group) {
        return group.substring(group.lastIndexOf('/') + 1);
    }
}
