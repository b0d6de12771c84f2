package io.tidemark.agent.publish;

import io.tidemark.identity.Tls;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Sockets for one Paho client, which make up for two of its faults. Its connecting thread polls for
 * ever if the server closes the connection before the receiving thread was seen running: here the
 * end of the stream, also of a socket that is taken away, is only shown once the CONNECT has been
 * written, or could not be, when all its threads stand. And a name that resolves slowly lets an
 * attempt that was given up connect later, as a ghost with the same client identifier: here an
 * abandoned factory makes no connection any more.
 *
 * <p>They also encrypt, since Paho's own TLS sockets would have these faults again.
 */
final class PatientSockets extends SocketFactory {
  /** How long an attempt may take to write its CONNECT once it has a connection. */
  static final long PATIENCE_MAX_SECONDS = 5;

  private final @Nullable Encryption encryption;
  private boolean abandoned;
  private @Nullable Socket socket;

  /**
   * @param encryption null if nothing is to be encrypted
   */
  PatientSockets(@Nullable Encryption encryption) {
    this.encryption = encryption;
  }

  @Override
  public synchronized Socket createSocket() throws IOException {
    requireWanted();
    PatientSocket made = new PatientSocket();
    socket = made;
    return made;
  }

  /** Closes what was made; nothing more is made. */
  synchronized void abandon() {
    abandoned = true;
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        socket = null; // it is gone either way
      }
    }
  }

  private synchronized void requireWanted() throws SocketException {
    if (abandoned) {
      throw new SocketException("this attempt to connect was given up");
    }
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException("only unconnected sockets are asked for");
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw new UnsupportedOperationException("only unconnected sockets are asked for");
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException("only unconnected sockets are asked for");
  }

  @Override
  public Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort) {
    throw new UnsupportedOperationException("only unconnected sockets are asked for");
  }

  /**
   * A socket that keeps the end of its stream to itself until something has been written. With TLS
   * that lies upon it: what it shows then is what was encrypted.
   */
  private final class PatientSocket extends Socket {
    private final CountDownLatch written = new CountDownLatch(1);
    private @Nullable SSLSocket encrypted;

    @Override
    public void connect(SocketAddress address, int timeout) throws IOException {
      requireWanted();
      super.connect(address, timeout);
      setTcpNoDelay(true);
      if (encryption != null && address instanceof InetSocketAddress gateway) {
        encrypt(encryption, gateway, timeout);
      }
    }

    private void encrypt(Encryption encryption, InetSocketAddress gateway, int timeout)
        throws IOException {
      setSoTimeout(timeout);
      SSLSocket made =
          (SSLSocket)
              encryption
                  .tls()
                  .getSocketFactory()
                  .createSocket(this, gateway.getHostString(), gateway.getPort(), false);
      SSLParameters parameters = made.getSSLParameters();
      parameters.setProtocols(Tls.versions());
      parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the host is compared
      made.setSSLParameters(parameters);
      try {
        made.startHandshake();
      } catch (SSLException e) {
        encryption.refused().run();
        throw e;
      }
      setSoTimeout(0);
      encrypted = made;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      SSLSocket upper = encrypted;
      if (encryption == null) {
        return new PatientInput(super.getInputStream(), written, () -> {});
      }
      return upper == null
          ? super.getInputStream() // what TLS itself reads
          : new PatientInput(upper.getInputStream(), written, encryption.refused());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      SSLSocket upper = encrypted;
      if (encryption == null) {
        return new TellingOutput(super.getOutputStream(), written);
      }
      return upper == null
          ? super.getOutputStream()
          : new TellingOutput(upper.getOutputStream(), written);
    }
  }

  private static final class PatientInput extends FilterInputStream {
    private final CountDownLatch written;
    private final Runnable refused;

    PatientInput(InputStream in, CountDownLatch written, Runnable refused) {
      super(in);
      this.written = written;
      this.refused = refused;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        int count = super.read(bytes, offset, length);
        if (count >= 0) {
          return count;
        }
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        if (e instanceof SSLException) {
          refused.run(); // in TLS 1.3 a server says so only after the handshake
        }
        awaitWritten();
        throw e;
      }
      awaitWritten();
      return -1;
    }

    /** Nothing of a socket that is taken away: that is for {@link #read} to tell, in time. */
    @Override
    public int available() {
      try {
        return super.available();
      } catch (IOException e) {
        return 0;
      }
    }

    private void awaitWritten() {
      try {
        if (!written.await(PATIENCE_MAX_SECONDS, TimeUnit.SECONDS)) {
          return; // the attempt has hung; it is given up by its time limit
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final class TellingOutput extends FilterOutputStream {
    private final CountDownLatch written;

    TellingOutput(OutputStream out, CountDownLatch written) {
      super(out);
      this.written = written;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } finally {
        written.countDown();
      }
    }
  }
}
