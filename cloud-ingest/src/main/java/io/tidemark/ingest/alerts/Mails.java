package io.tidemark.ingest.alerts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.ingest.alerts.Sender.Outcome.Kind;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.util.MailConnectException;

/**
 * Sends mail by SMTP. An address the server refuses for good (5yz, RFC 5321, 4.2.1) is given up;
 * everything else, a refused password too, may be mended, and is tried again.
 */
final class Mails implements Sender {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PERMANENT = 500;

  private final SmtpSettings settings;
  private final Clock clock;
  private final Session session;
  private final Duration timeout;

  /**
   * The library bounds each step, not all of them. A thread that is not through in time is
   * interrupted, which closes its connection; only while it waits for a name's address it goes on.
   */
  private final ExecutorService threads =
      new ThreadPoolExecutor(
          0,
          2 * Delivery.AT_A_TIME_MAX,
          1,
          TimeUnit.MINUTES,
          new SynchronousQueue<>(),
          work -> {
            Thread thread = new Thread(work, "tidemark-alert-mail");
            thread.setDaemon(true);
            return thread;
          });

  Mails(SmtpSettings settings, Duration timeout, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.timeout = timeout;
    Properties properties = new Properties();
    String millis = Long.toString(timeout.toMillis());
    properties.put("mail.smtp.host", settings.host());
    if (settings.isConfigured()) {
      // Who we say we are: the library would ask DNS for our name, which may take too long.
      properties.put("mail.smtp.localhost", settings.senderDomain());
    }
    properties.put("mail.smtp.port", Integer.toString(settings.port()));
    properties.put("mail.smtp.connectiontimeout", millis);
    properties.put("mail.smtp.timeout", millis);
    properties.put("mail.smtp.writetimeout", millis);
    properties.put("mail.smtp.usesocketchannels", "true"); // they end when they are interrupted
    properties.put("mail.smtp.quitwait", "false"); // the server has the mail by then
    properties.put("mail.smtp.auth", Boolean.toString(!settings.user().isEmpty()));
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    switch (settings.security()) {
      case STARTTLS -> {
        properties.put("mail.smtp.starttls.enable", "true");
        properties.put("mail.smtp.starttls.required", "true");
      }
      case TLS -> properties.put("mail.smtp.ssl.enable", "true");
      case NONE -> properties.put("mail.smtp.starttls.enable", "false");
    }
    session = Session.getInstance(properties);
  }

  @Override
  public Outcome send(Notification notification) throws InterruptedException {
    if (!settings.isConfigured()) {
      return Outcome.of(Kind.RETRIED, "tidemark.alerts.smtp.host is not set");
    }
    Future<Outcome> outcome;
    try {
      outcome = threads.submit(() -> sendNow(notification));
    } catch (RejectedExecutionException e) {
      return Outcome.of(Kind.RETRIED, "the mail server has not ended with the mails before");
    }
    try {
      return outcome.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return Outcome.of(
          Kind.RETRIED, "the mail server took longer than " + Words.duration(timeout));
    } catch (ExecutionException e) {
      throw new IllegalArgumentException(e.getCause());
    } finally {
      boolean unused = outcome.cancel(true);
    }
  }

  private Outcome sendNow(Notification notification) {
    MimeMessage mail;
    try {
      mail = mail(notification);
    } catch (MessagingException e) { // no server has a part in that
      return Outcome.of(Kind.GIVEN_UP, said(e));
    }
    boolean isSent = false;
    try (Transport transport = session.getTransport("smtp")) {
      if (settings.user().isEmpty()) {
        transport.connect();
      } else {
        transport.connect(settings.user(), settings.password());
      }
      transport.sendMessage(mail, mail.getAllRecipients());
      isSent = true;
    } catch (MessagingException e) {
      if (!isSent) {
        return new Outcome(isPermanent(e) ? Kind.GIVEN_UP : Kind.RETRIED, said(e), 0);
      }
    }
    // Whatever came of taking leave: tried again, it would arrive again.
    return Outcome.of(Kind.DELIVERED, "the mail server has it");
  }

  private MimeMessage mail(Notification notification) throws MessagingException {
    JsonNode body = body(notification);
    String text = body.path("text").asText();
    MimeMessage mail =
        new MimeMessage(session) {
          @Override
          protected void updateMessageID() throws MessagingException {
            setHeader(
                "Message-ID", "<%s@%s>".formatted(notification.id(), settings.senderDomain()));
          }
        };
    mail.setFrom(settings.sender());
    mail.setRecipient(Message.RecipientType.TO, new InternetAddress(notification.receiver(), true));
    mail.setSubject(
        "[Tidemark] %s: %s"
            .formatted(body.path("state").asText(), body.path("rule").path("name").asText()),
        StandardCharsets.UTF_8.name());
    mail.setHeader("Auto-Submitted", "auto-generated"); // RFC 3834: no holiday notes, please
    mail.setSentDate(Date.from(clock.instant()));
    mail.setText(text + "\n\n" + body.toPrettyString() + "\n", StandardCharsets.UTF_8.name());
    mail.saveChanges();
    return mail;
  }

  private static JsonNode body(Notification notification) {
    try {
      return JSON.readTree(notification.body());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a body that was kept is no JSON", e);
    }
  }

  private static boolean isPermanent(MessagingException e) {
    for (Exception next = e;
        next instanceof MessagingException one;
        next = one.getNextException()) {
      if (next instanceof SMTPAddressFailedException refused
          && refused.getReturnCode() >= PERMANENT) {
        return true;
      }
    }
    return false;
  }

  /** The innermost reason says most. */
  private static String said(MessagingException e) {
    String said = String.valueOf(e.getMessage());
    for (Exception next = e.getNextException();
        next instanceof Exception;
        next = next instanceof MessagingException one ? one.getNextException() : null) {
      said = String.valueOf(next.getMessage());
    }
    return e instanceof MailConnectException away
        ? "the mail server %s:%d cannot be reached: %s"
            .formatted(away.getHost(), away.getPort(), said.strip())
        : said.strip();
  }
}
