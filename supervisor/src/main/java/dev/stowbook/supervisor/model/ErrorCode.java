package dev.stowbook.supervisor.model;

/** Why a request was refused; one table maps codes to HTTP statuses. */
public enum ErrorCode {
    INVALID,
    NOT_FOUND,
    CONFLICT,
    AMBIGUOUS,
    GONE,
    UNSUPPORTED,
    UNAVAILABLE,
    DENIED,
    DISK_FULL,
    INTERNAL
}
