// SPDX-License-Identifier: MIT
// Of the core for ESP32, as much as the examples use. The IDE includes it before the first line of a sketch.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

constexpr uint8_t A0 = 36;
uint16_t analogRead(uint8_t pin);
void delay(uint32_t ms);

class SerialPort {
 public:
  void begin(unsigned long baud);
  size_t printf(const char* format, ...) __attribute__((format(printf, 2, 3)));
  size_t println();
  size_t write(const char* text, size_t size);
  size_t write(const uint8_t* bytes, size_t size);
};
extern SerialPort Serial;

void setup();
void loop();
