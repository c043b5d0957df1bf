package dev.stowbook.spi.network;

import java.util.List;

/**
 * Everything whose rules should stand.
 *
 * @param networks the networks
 * @param published the published ports
 * @param operationId the daemon's name for this step
 */
public record RepairRequest(
        List<CreateNetworkRequest> networks, List<PublishRequest> published, String operationId) {
    public RepairRequest {
        networks = List.copyOf(networks);
        published = List.copyOf(published);
    }
}
