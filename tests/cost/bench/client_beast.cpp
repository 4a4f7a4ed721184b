// SPDX-License-Identifier: MIT
// Boost.Beast as a client that keeps DEPTH messages under way: client_beast PORT SIZE DEPTH MS. Prints what
// client_whit.cpp prints.
#include <time.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

double seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Pump {
 public:
  Pump(beast::websocket::stream<tcp::socket>* stream, std::size_t size, int depth, double ms)
      : stream_(stream), payload_(size, 'w'), owed_(depth), ms_(ms), begin_(seconds(CLOCK_MONOTONIC)) {
    stream_->binary(true);
  }

  void start() {
    write();
    read();
  }

 private:
  void write() {
    if (writing_ || owed_ == 0) return;
    writing_ = true;
    --owed_;
    stream_->async_write(asio::buffer(payload_), [this](beast::error_code error, std::size_t) {
      writing_ = false;
      if (!error) write();
    });
  }

  void read() {
    stream_->async_read(buffer_, [this](beast::error_code error, std::size_t size) {
      if (error || size != payload_.size()) std::exit(1);
      buffer_.consume(size);
      ++owed_;
      count();
      write();
      read();
    });
  }

  void count() {
    const double now = seconds(CLOCK_MONOTONIC);
    if (!measuring_ && now - begin_ > 0.1) {
      measuring_ = true;
      begin_ = now;
      cpu_ = seconds(CLOCK_PROCESS_CPUTIME_ID);
      messages_ = 0;
      return;
    }
    ++messages_;
    if (!measuring_ || now - begin_ < ms_ / 1000) return;
    std::printf("{\"messages\": %.0f, \"own_us\": %.4f}\n", messages_,
                (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_) / messages_ * 1e6);
    std::exit(0);
  }

  beast::websocket::stream<tcp::socket>* stream_;
  beast::flat_buffer buffer_;
  std::string payload_;
  int owed_;
  double ms_, begin_, cpu_ = 0, messages_ = 0;
  bool writing_ = false, measuring_ = false;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 1;
  asio::io_context context(1);
  beast::websocket::stream<tcp::socket> stream(context);
  stream.next_layer().connect(
      {asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::atoi(arguments[1]))});
  stream.next_layer().set_option(tcp::no_delay(true));
  stream.handshake("127.0.0.1", "/");
  Pump pump(&stream, std::strtoul(arguments[2], nullptr, 10), std::atoi(arguments[3]), std::atof(arguments[4]));
  pump.start();
  context.run();
}
