package dev.stowbook.supervisor.boot;

import dev.stowbook.spi.Observation;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.loop.CommandLoop;
import java.util.List;
import java.util.OptionalInt;

/** Takes what drivers noticed to the loop. Any thread. */
final class Observations {
    private final CommandLoop loop;

    Observations(CommandLoop loop) {
        this.loop = loop;
    }

    void observed(String driver, Observation observation) {
        Command report = switch (observation) {
            case Observation.OomKilled o -> new Report.ReportOom(o.target(), o.oomKills());
            case Observation.PidsExhausted o -> new Report.ReportPidsExhausted(o.target(), o.refusals());
            case Observation.RulesFlushed o -> new Report.ReportRulesRepaired(List.of(o.detail()));
            case Observation.ResourceVanished o -> new Report.ReportOrphan("vanished", o.target() + ": " + o.detail());
        };
        loop.submit(
                report, new Actor(Actor.Kind.DRIVER, driver, OptionalInt.empty(), OptionalInt.empty()), 0, "");
    }
}
