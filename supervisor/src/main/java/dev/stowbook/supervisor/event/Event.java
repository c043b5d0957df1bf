package dev.stowbook.supervisor.event;

/**
 * Something that happened. Every record below has a stable type id (its simple name), a version and a schema file; what is once
 * written stays readable for ever.
 */
public sealed interface Event permits DaemonEvent, NetworkEvent, ImageEvent, BuildEvent, TransferEvent, VolumeEvent, PodEvent, ContainerEvent, ExecEvent, StepEvent {}
