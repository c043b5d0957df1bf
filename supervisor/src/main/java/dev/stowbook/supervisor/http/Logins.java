package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.registry.RegistryException;

/** Tries logins out. Blocks: workers. */
public interface Logins {
    /** @throws RegistryException if the registry does not accept it */
    void check(String registry, Credential login) throws RegistryException;
}
