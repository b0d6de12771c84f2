package io.tidemark.deploy.pipeline;

import java.nio.file.Path;

/**
 * One of the pipeline's gateways.
 *
 * @param id its name in the cluster, e.g. {@code g1}
 * @param service its process
 * @param mqttUrl where devices connect
 * @param coapUrl where devices send to that speak CoAP
 * @param data its data folder
 */
public record GatewayService(
    String id, Service service, String mqttUrl, String coapUrl, Path data) {}
