// An I2C bus with a BME280 at 0x76, for a program on a machine that has none: preloaded (LD_PRELOAD) it answers what the program asks of
// /dev/i2c-1, as the kernel and the chip would. The chip has the calibration and the counts of the example that Bosch's datasheet of the
// BMP280 works out (BST-BMP280-DS001, 3.12), and humidity's beside them; it has measured only after it was told to (BST-BME280-DS002, 5.4).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { ADDRESS = 0x76, CHIP_ID = 0x60, RESET_WORD = 0xB6 };
enum { ID = 0xD0, RESET = 0xE0, CTRL_HUM = 0xF2, CTRL_MEAS = 0xF4, DATA = 0xF7 };
enum { FORCED = 1, COUNT_P = 415148, COUNT_T = 519888, COUNT_H = 28000 };

static const char *const bus = "/dev/i2c-1";
static uint8_t registers[256];
static unsigned slave;
static int started;

static void put_word(int at, int value) {
  registers[at] = value & 0xff;
  registers[at + 1] = (value >> 8) & 0xff;
}

static void put_data(int pressure, int temperature, int humidity) {
  const int counts[] = {pressure, temperature};
  for (int i = 0; i < 2; i++) {
    registers[DATA + 3 * i] = counts[i] >> 12;
    registers[DATA + 3 * i + 1] = (counts[i] >> 4) & 0xff;
    registers[DATA + 3 * i + 2] = (counts[i] << 4) & 0xf0;
  }
  registers[DATA + 6] = humidity >> 8;
  registers[DATA + 7] = humidity & 0xff;
}

static void reset(void) {
  static const int words[] = {27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000};
  memset(registers, 0, sizeof registers);
  registers[ID] = CHIP_ID;
  for (int i = 0; i < 12; i++) put_word(0x88 + 2 * i, words[i]);
  registers[0xA1] = 75;                              // H1
  put_word(0xE1, 362);                               // H2; H3 is 0
  registers[0xE4] = 313 >> 4;                        // H4, 12 bits
  registers[0xE5] = (313 & 0x0f) | (50 & 0x0f) << 4; // and H5's lower four
  registers[0xE6] = 50 >> 4;
  registers[0xE7] = 30; // H6
  put_data(0x80000, 0x80000, 0x8000);
  started = 1;
}

static void write_register(int at, uint8_t value) {
  if (at == RESET && value == RESET_WORD) {
    reset();
  } else if (at == CTRL_HUM || at == CTRL_MEAS) {
    registers[at] = value;
    if (at == CTRL_MEAS && (value & 3) == FORCED) {
      put_data(value & 0x1c ? COUNT_P : 0x80000, value & 0xe0 ? COUNT_T : 0x80000, registers[CTRL_HUM] & 7 ? COUNT_H : 0x8000);
      registers[at] = value & ~3; // asleep again
    }
  }
}

static int is_bus(int fd) {
  struct stat opened, there;
  return fstat(fd, &opened) == 0 && stat(bus, &there) == 0 && opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

static int nobody(void) {
  errno = EREMOTEIO;
  return -1;
}

// Registers and values in turn, as the chip takes them (6.2.1).
static int take(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i + 1 < count; i += 2) write_register(bytes[i], bytes[i + 1]);
  return (int)count;
}

static int transfer(const struct i2c_rdwr_ioctl_data *what) {
  int at = 0;
  for (unsigned i = 0; i < what->nmsgs; i++) {
    const struct i2c_msg *message = &what->msgs[i];
    if (message->addr != ADDRESS) return nobody();
    if (message->flags & I2C_M_RD) {
      for (int j = 0; j < message->len; j++) message->buf[j] = registers[(at + j) & 0xff];
    } else {
      at = message->buf[0];
      take(message->buf, message->len);
    }
  }
  return (int)what->nmsgs;
}

int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if ((request == I2C_SLAVE || request == I2C_RDWR) && is_bus(fd)) {
    if (!started) reset();
    if (request == I2C_RDWR) return transfer(argument);
    slave = (unsigned)(uintptr_t)argument;
    return 0;
  }
  int (*real)(int, unsigned long, void *) = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
  return real(fd, request, argument);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  if (slave == 0 || !is_bus(fd)) return real(fd, bytes, count);
  return slave == ADDRESS ? take(bytes, count) : nobody();
}
