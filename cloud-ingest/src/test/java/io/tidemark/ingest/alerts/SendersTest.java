package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.alerts.Sender.Outcome;
import io.tidemark.ingest.alerts.Sender.Outcome.Kind;
import jakarta.mail.internet.MimeMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes of one attempt, by mail or webhook, with servers of all manners. */
@Timeout(60)
final class SendersTest {
  private final HandClock clock = new HandClock();

  private Outcome mail(int port, SmtpSettings.Security security, String password) throws Exception {
    return mail(port, security, password, "ops@example.org", Duration.ofSeconds(5));
  }

  private Outcome mail(
      int port, SmtpSettings.Security security, String password, String to, Duration timeout)
      throws Exception {
    SmtpSettings settings =
        new SmtpSettings(
            "127.0.0.1",
            port,
            security,
            password.isEmpty() ? "" : "user",
            password,
            "Tidemark <tidemark@example.org>");
    Notification notification =
        new Notification(1, "id-1", 1, to, "{\"text\":\"x\",\"state\":\"firing\"}", 0, 0);
    return new Mails(settings, timeout, clock).send(notification);
  }

  @Test
  void mailIsSecuredAsIsSet() throws Exception {
    GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    server.start();
    try {
      server.setUser("user@example.org", "user", "right");
      int port = server.getSmtp().getPort();
      assertThat(mail(port, SmtpSettings.Security.NONE, "right").kind()).isEqualTo(Kind.DELIVERED);
      assertThat(mail(port, SmtpSettings.Security.NONE, "").kind()).isEqualTo(Kind.DELIVERED);
      assertThat(mail(port, SmtpSettings.Security.NONE, "wrong").kind()).isEqualTo(Kind.RETRIED);
      Outcome clear = mail(port, SmtpSettings.Security.STARTTLS, "right");
      assertThat(clear.kind()).isEqualTo(Kind.RETRIED);
      assertThat(clear.said()).contains("STARTTLS");
      assertThat(mail(port, SmtpSettings.Security.TLS, "right").kind()).isEqualTo(Kind.RETRIED);
      assertThat(server.getReceivedMessages()).hasSize(2);
      MimeMessage message = server.getReceivedMessages()[0];
      assertThat(message.getMessageID()).isEqualTo("<id-1@example.org>");
      assertThat(message.getHeader("Received", null))
          .as("not this machine's name, which would be asked for")
          .contains("(HELO example.org)");
    } finally {
      server.stop();
    }
  }

  @Test
  void aServerForWhomNobodyVouchesGetsNoMail() throws Exception {
    GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTPS));
    server.start();
    try {
      Outcome outcome = mail(server.getSmtps().getPort(), SmtpSettings.Security.TLS, "");
      assertThat(outcome.kind()).isEqualTo(Kind.RETRIED);
      assertThat(outcome.said()).contains("PKIX");
      assertThat(server.getReceivedMessages()).isEmpty();
    } finally {
      server.stop();
    }
  }

  @Test
  void anAddressTheServerRefusesForGoodIsGivenUp() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread refusing = new Thread(() -> refuse(server));
      refusing.setDaemon(true);
      refusing.start();
      Outcome outcome = mail(server.getLocalPort(), SmtpSettings.Security.NONE, "");
      assertThat(outcome.kind()).isEqualTo(Kind.GIVEN_UP);
      assertThat(outcome.said()).contains("no such user");
    }
  }

  @Test
  void anAddressThatIsNoneIsGivenUp() throws Exception {
    Duration timeout = Duration.ofSeconds(5);
    assertThat(mail(1, SmtpSettings.Security.NONE, "", "a..b@example.org", timeout).kind())
        .isEqualTo(Kind.GIVEN_UP);
  }

  @Test
  void aMailServerThatDoesNotTakeLeaveHasTheMail() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread taking = new Thread(() -> takeWithoutLeave(server));
      taking.setDaemon(true);
      taking.start();
      Outcome outcome =
          mail(
              server.getLocalPort(),
              SmtpSettings.Security.NONE,
              "",
              "ops@example.org",
              Duration.ofSeconds(10));
      assertThat(outcome).isEqualTo(Outcome.of(Kind.DELIVERED, "the mail server has it"));
    }
  }

  @Test
  void aReceiverThatNeverEndsIsNotWaitedForAndIsLeft() throws Exception {
    Duration timeout = Duration.ofSeconds(3); // enough to connect, the first time too
    CountDownLatch left = new CountDownLatch(2);
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answering = new Thread(() -> goOn(server, left));
      answering.setDaemon(true);
      answering.start();
      int port = server.getLocalPort();
      Notification notification =
          new Notification(1, "id-1", 1, "http://127.0.0.1:" + port + "/", "{}", 0, 0);
      Outcome webhook = new Webhooks(timeout, clock).send(notification);
      assertThat(webhook.kind()).isEqualTo(Kind.RETRIED);
      assertThat(webhook.said()).contains("no whole answer within");
      Outcome mail = mail(port, SmtpSettings.Security.NONE, "", "ops@example.org", timeout);
      assertThat(mail.kind()).isEqualTo(Kind.RETRIED);
      assertThat(mail.said()).contains("took longer than");
      assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** To the first an answer without an end, to the second a greeting without one. */
  private static void goOn(ServerSocket server, CountDownLatch left) {
    try (Socket web = server.accept()) {
      say(web, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n");
      try (Socket mail = server.accept()) {
        mail.setSoTimeout(50);
        while (!isLeft(mail)) {
          say(mail, "220-and more");
        }
        left.countDown();
      }
      web.setSoTimeout(5_000);
      if (isLeft(web)) {
        left.countDown();
      }
    } catch (IOException e) {
      return; // the test is over
    }
  }

  /** Whether the other side ends the connection before it is waited for too long. */
  private static boolean isLeft(Socket socket) {
    try {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // in no orderly way
    }
  }

  private static void takeWithoutLeave(ServerSocket server) {
    try (Socket client = server.accept();
        BufferedReader in = reader(client)) {
      say(client, "220 here");
      boolean isMail = false;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.equals("DATA")) {
          say(client, "354 go on");
          isMail = true;
        } else if (!line.equals("QUIT") && (!isMail || line.equals("."))) {
          say(client, "250 fine");
          isMail = false;
        }
      }
    } catch (IOException e) {
      return; // the test is over
    }
  }

  private static BufferedReader reader(Socket client) throws IOException {
    return new BufferedReader(
        new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
  }

  private static void refuse(ServerSocket server) {
    try (Socket client = server.accept();
        BufferedReader in = reader(client)) {
      say(client, "220 here");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        say(client, line.startsWith("RCPT") ? "550 5.1.1 no such user" : "250 fine");
      }
    } catch (IOException e) {
      return; // the test is over
    }
  }

  private static void say(Socket client, String line) throws IOException {
    client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
  }
}
