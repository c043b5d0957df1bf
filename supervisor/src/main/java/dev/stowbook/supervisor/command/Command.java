package dev.stowbook.supervisor.command;

/** What somebody asks for, or what something that was asked for came to. */
public sealed interface Command
        permits PodCommand,
                ContainerCommand,
                NetworkCommand,
                ImageCommand,
                BuildCommand,
                VolumeCommand,
                DaemonCommand,
                Report,
                TimerCommand {

    /** Its name, as the cause of the events it leads to. */
    default String name() {
        return getClass().getSimpleName();
    }
}
