package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.command.VolumeCommand;
import dev.stowbook.supervisor.state.State;

/** Decides commands. A pure function of state, command and inputs: the same three give the same events. */
public final class Decider {
    private final DecisionSettings settings;

    public Decider(DecisionSettings settings) {
        this.settings = settings;
    }

    /** The events that a command comes to, or why it is refused. */
    public Decision decide(State state, Command command, DecisionInputs inputs) {
        Draft draft = new Draft(state, inputs, settings);
        try {
            return switch (command) {
                case PodCommand c -> PodDecider.decide(draft, c);
                case ContainerCommand c -> ContainerDecider.decide(draft, c);
                case NetworkCommand c -> NetworkDecider.decide(draft, c);
                case ImageCommand c -> ImageDecider.decide(draft, c);
                case BuildCommand c -> BuildDecider.decide(draft, c);
                case VolumeCommand c -> VolumeDecider.decide(draft, c);
                case DaemonCommand c -> DaemonDecider.decide(draft, c);
                case Report c -> ReportDecider.decide(draft, c);
                case TimerCommand c -> TimerDecider.decide(draft, c);
            };
        } catch (Draft.Refusal refusal) {
            return refusal.rejected();
        }
    }
}
