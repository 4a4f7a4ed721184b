# SPDX-License-Identifier: MIT
"""MQTT brokers, and clients of them, for the tests of test_mqtt.py and test_mqtt_boards.py."""
