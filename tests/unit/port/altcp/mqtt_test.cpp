// SPDX-License-Identifier: MIT
// lwIP's own MQTT client, unchanged, over a WebSocket.
#include "lwip/apps/mqtt.h"

#include "altcp_bench.h"
#include "lwip/apps/mqtt_priv.h"

namespace altcp_test {
namespace {

const std::string kConnect = std::string("\x10\x20\0\x04MQTT\x04\x0E\0\x0A\0\x03", 14) + "dev" +
                             std::string("\0\x09", 2) + "dev/state" + std::string("\0\x04", 2) + "gone";
const std::string kConnack("\x20\x02\0\0", 4);

class MqttTest : public AltcpTest {
 protected:
  MqttTest() {
    info.client_id = "dev";
    info.keep_alive = 10;
    info.will_topic = "dev/state";
    info.will_msg = "gone";
    info.will_qos = 1;
    info.tls_config = stream.tls_config();
    mqtt_set_inpub_callback(
        &mqtt, [](void*, const char*, u32_t) {},
        [](void* arg, const u8_t* data, u16_t size, u8_t flags) {
          auto& self = *static_cast<MqttTest*>(arg);
          self.record += std::string(reinterpret_cast<const char*>(data), size) + (flags != 0 ? " " : "");
        },
        this);
  }
  ~MqttTest() override {
    mqtt_disconnect(&mqtt);
    step();
  }

  void connect() {
    EXPECT_EQ(mqtt_client_connect(&mqtt, IP_ADDR_ANY, 0, on_connection, this, &info), ERR_OK);
    step();
  }
  void connected() {
    open();
    connect();
    peer.send(kBinary, kConnack);
    step();
    ASSERT_EQ(taken(), "connection(0) ");
    ASSERT_EQ(sent(), kConnect + "|");
  }
  std::string taken() { return std::exchange(record, std::string()); }

  static void on_connection(mqtt_client_t*, void* arg, mqtt_connection_status_t status) {
    static_cast<MqttTest*>(arg)->record += "connection(" + std::to_string(status) + ") ";
  }
  static void on_request(void* arg, err_t error) {
    static_cast<MqttTest*>(arg)->record += "request(" + std::to_string(error) + ") ";
  }

  mqtt_client_s mqtt = {};
  mqtt_connect_client_info_t info = {};
  std::string record;
};

TEST_F(MqttTest, ConnectIsOneFrame) {  // R-MQTT-1
  open();
  connect();
  EXPECT_EQ(sent(), kConnect + "|");
  EXPECT_EQ(taken(), "");
}

TEST_F(MqttTest, PacketsOfTheBrokerNeedNotBeAligned) {  // R-MQTT-1
  open();
  connect();
  peer.send(kBinary, kConnack.substr(0, 1));
  peer.send(kBinary, kConnack.substr(1) + "\x30\x07");
  step();
  EXPECT_EQ(taken(), "connection(0) ");
  peer.send(kBinary, std::string("\0\x01t", 3) + "te", false);
  step();
  peer.send(0, "xt");
  step();
  EXPECT_EQ(taken(), "text ");
}

TEST_F(MqttTest, EachPacketIsAFrame) {  // R-MQTT-1
  connected();
  EXPECT_EQ(mqtt_subscribe(&mqtt, "a", 1, on_request, this), ERR_OK);
  step();
  EXPECT_EQ(mqtt_publish(&mqtt, "b", "text", 4, 0, 0, on_request, this), ERR_OK);
  step();
  EXPECT_EQ(sent(), std::string("\x82\x06\0\x01\0\x01", 6) + "a\x01|" + std::string("\x30\x07\0\x01", 4) + "btext|");
  EXPECT_EQ(taken(), "request(0) ") << "a publication of QoS 0 is done when it was sent";
  peer.send(kBinary, std::string("\x90\x03\0\x01\x01", 5));
  step();
  EXPECT_EQ(taken(), "request(0) ");
}

TEST_F(MqttTest, ManyPublicationsAllArrive) {
  connected();
  int published = 0;
  for (int i = 0; i < 1000 && published < 100; ++i) {
    const std::string text = std::to_string(published) + std::string(90, '.');
    if (mqtt_publish(&mqtt, "b", text.data(), static_cast<u16_t>(text.size()), 0, 0, nullptr, nullptr) == ERR_OK) {
      ++published;
    }
    step(i % 3);
  }
  step(10);
  const std::string got = sent();
  size_t found = 0;
  for (int i = 0; i < 100; ++i) {
    found = got.find("b" + std::to_string(i) + "....", found);
    ASSERT_NE(found, std::string::npos) << i;
  }
}

// From lwIP's timer; in the next poll function it leaves.
TEST_F(MqttTest, ItKeepsTheConnectionAlive) {
  connected();
  pass(12000);
  EXPECT_EQ(sent(), std::string("\xC0\0", 2) + "|");
}

TEST_F(MqttTest, ABrokerThatEndsIsSeen) {
  connected();
  peer.send_close(1000);
  step();
  EXPECT_EQ(taken(), "connection(256) ");
  peer.pipe->close();
  pass(10);
  open();
  connect();
  EXPECT_EQ(sent(), kConnect + "|") << "again";
}

TEST_F(MqttTest, AConnectionThatIsLostIsSeen) {
  connected();
  peer.pipe->reset();
  step();
  EXPECT_EQ(taken(), "connection(256) ");
}

TEST_F(MqttTest, ARefusalIsSeenAndTheWebSocketCloses) {
  open();
  connect();
  peer.send(kBinary, std::string("\x20\x02\0\x05", 4));
  step();
  EXPECT_EQ(taken(), "connection(5) ");
  const std::vector<Frame> all = frames();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].opcode, kCloseFrame);
}

}  // namespace
}  // namespace altcp_test
