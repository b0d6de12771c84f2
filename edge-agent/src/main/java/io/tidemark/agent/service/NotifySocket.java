package io.tidemark.agent.service;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A datagram socket of the Unix domain, which Java itself has not: three functions of the C library
 * by way of JNA, which Pi4J brings along. Thread-safe, as each message is one call.
 */
final class NotifySocket {
  // The same on all architectures of Linux that Java runs on, but for MIPS.
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** Of sockaddr_un, unix(7). */
  private static final int PATH_MAX_BYTES = 108;

  static {
    Native.register(NotifySocket.class, NativeLibrary.getProcess());
  }

  private final int descriptor;
  private final byte[] address;

  private NotifySocket(int descriptor, byte[] address) {
    this.descriptor = descriptor;
    this.address = address;
  }

  private static native int socket(int domain, int type, int protocol) throws LastErrorException;

  private static native NativeLong sendto(
      int descriptor,
      byte[] message,
      NativeLong length,
      int flags,
      byte[] address,
      int addressLength)
      throws LastErrorException;

  /**
   * Opens one for the life of the process; nothing is sent yet.
   *
   * @param path where to send to; a leading {@code @} means a name that is in no file system
   * @throws IllegalArgumentException if no socket can have that path
   * @throws LastErrorException if the kernel gives none
   */
  static NotifySocket to(String path) {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = path.startsWith("@");
    if (!isAbstract && !path.startsWith("/") || name.length >= PATH_MAX_BYTES) {
      throw new IllegalArgumentException(
          "\"%s\" is no socket's path: it begins with / or @, and has at most %d bytes"
              .formatted(path, PATH_MAX_BYTES - 1));
    }
    if (isAbstract) {
      name[0] = 0;
    }
    ByteBuffer address =
        ByteBuffer.allocate(Short.BYTES + PATH_MAX_BYTES).order(ByteOrder.nativeOrder());
    address.putShort((short) AF_UNIX).put(name);
    int length = address.position() + (isAbstract ? 0 : 1);
    return new NotifySocket(
        socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), Arrays.copyOf(address.array(), length));
  }

  /**
   * Sends one datagram.
   *
   * @throws LastErrorException if it could not be
   */
  void send(String message) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    NativeLong unused =
        sendto(
            descriptor, bytes, new NativeLong(bytes.length), MSG_NOSIGNAL, address, address.length);
  }
}
