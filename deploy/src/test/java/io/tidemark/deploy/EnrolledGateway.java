package io.tidemark.deploy;

import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Readings;
import io.tidemark.wire.ReportCodec;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * A gateway that is only its certificate: it has one made, and says to ingest which access list it
 * has. Used by one thread.
 */
final class EnrolledGateway {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final String name;
  private final String ingest;
  private final SSLContext tls;
  private final HttpClient client;

  /** Enrols it. */
  EnrolledGateway(String name, String ingest, EnrolmentToken token)
      throws IOException, GeneralSecurityException {
    this.name = name;
    this.ingest = ingest;
    URI address = URI.create(ingest);
    Trust trust = new Trust(EstClient.meet(address, TIMEOUT, token.authority()));
    ServerTrust servers = new ServerTrust(trust, server -> Instant.now());
    OwnCredential own =
        new OwnCredential(
            EstClient.of(address, TIMEOUT, servers, null)
                .enrol(token.secretText(), new Identity(Role.GATEWAY, name), List.of()));
    tls = Tls.client(servers, own);
    client = HttpClient.newBuilder().sslContext(tls).connectTimeout(TIMEOUT).build();
  }

  /** What devices send by it. */
  ForwardPoster forwards() {
    return new ForwardPoster(ingest, tls);
  }

  /** The version of the newest list. */
  long newest() throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        client.send(
            request(Routes.ACCESS_LIST_PATH).header("If-None-Match", "\"0\"").build(),
            HttpResponse.BodyHandlers.ofByteArray());
    return Long.parseLong(answer.headers().firstValue("ETag").orElseThrow().replace("\"", ""));
  }

  /** Says that it has the list of this version; returns the answer's status. */
  int report(long version) throws IOException, InterruptedException {
    GatewayReport report =
        new GatewayReport(
            name,
            "5ea51de0c1057e12",
            1,
            List.of(name),
            "0.1.0",
            60_000,
            true,
            "",
            "",
            "",
            0,
            0,
            new Readings(0, 0, 0, Map.of()),
            List.of(),
            version);
    HttpRequest request =
        request(Routes.REPORT_PATH)
            .header("Content-Type", Routes.REPORT_CONTENT_TYPE)
            .POST(HttpRequest.BodyPublishers.ofByteArray(ReportCodec.encode(report)))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(ingest + path)).timeout(TIMEOUT);
  }
}
