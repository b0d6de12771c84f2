package io.tidemark.gateway;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.eclipse.californium.core.CoapClient;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.elements.exception.ConnectorException;
import org.jspecify.annotations.Nullable;

/** Californium as a client, with large payloads in blocks of 1,024 bytes. */
public final class CoapPosts implements AutoCloseable {
  private final CoapEndpoint endpoint;
  private final CoapClient client = new CoapClient();

  public CoapPosts() throws IOException {
    // The standard configuration would be written to a file.
    Configuration configuration =
        new Configuration(SystemConfig.DEFINITIONS, CoapConfig.DEFINITIONS, UdpConfig.DEFINITIONS)
            .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, 1 << 20)
            .set(CoapConfig.PREFERRED_BLOCK_SIZE, 1024);
    endpoint = CoapEndpoint.builder().setConfiguration(configuration).build();
    endpoint.start();
    client.setEndpoint(endpoint);
    client.setTimeout(TimeUnit.SECONDS.toMillis(60));
  }

  /** Posts a payload, confirmable, and returns the response. */
  public CoapResponse post(String uri, @Nullable Integer contentFormat, byte[] payload)
      throws ConnectorException, IOException {
    Request request = Request.newPost();
    request.setURI(uri);
    if (contentFormat != null) {
      request.getOptions().setContentFormat(contentFormat);
    }
    request.setPayload(payload);
    return client.advanced(request);
  }

  @Override
  public void close() {
    client.shutdown();
    endpoint.destroy();
  }
}
