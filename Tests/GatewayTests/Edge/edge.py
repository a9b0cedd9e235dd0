"""An edge node for a test, on pysparkplug from PyPI: does what the lines say that are appended to a file.

    edge.py HOST PORT COMMANDS

birth            connects: NBIRTH and the device's DBIRTH, both metrics with an alias
data VALUE       the device's temperature by its alias alone
skip             leaves out a number of the sequence
end              says its death and leaves

It says on standard output what it did and which commands came, and "rebirth asked" when the host wants its births; it
answers that by a new session, since pysparkplug 0.6 cannot say its births within one.
"""

import queue
import sys
import time

import pysparkplug as psp

GROUP, NODE, DEVICE, ALIAS = "suwa", "edge-py", "press-7", 71


def said(text):
    print(text, flush=True)


class Edge:
    def __init__(self, host, port):
        self.host, self.port = host, port
        self.asked = queue.Queue()
        self.node = None
        self.birth()

    def metric(self, name, value, datatype, alias):
        return psp.Metric(
            timestamp=psp.get_current_timestamp(), name=name, datatype=datatype, value=value, alias=alias
        )

    def birth(self):
        if self.node is not None:
            self.node.disconnect()
        self.client = psp.Client()
        self.node = psp.EdgeNode(
            GROUP,
            NODE,
            (self.metric("Node Control/Rebirth", False, psp.DataType.BOOLEAN, None),
             self.metric("起動回数", 3, psp.DataType.INT32, 70)),
            client=self.client,
            cmd_callback=lambda _, message: self.obey(message),
        )
        device = psp.Device(
            DEVICE,
            (self.metric("温度", 20.5, psp.DataType.DOUBLE, ALIAS),),
            cmd_callback=lambda _, message: self.obey(message),
        )
        self.node.register(device)
        self.node.connect(self.host, port=self.port)
        # NBIRTH has number 0, DBIRTH 1.
        self.seq = 2
        said("born")

    def obey(self, message):
        for metric in message.payload.metrics:
            if metric.name == "Node Control/Rebirth":
                self.asked.put(metric)
            else:
                said(f"command {metric.name or metric.alias} {metric.value}")

    def data(self, value):
        metric = psp.Metric(
            timestamp=psp.get_current_timestamp(), name=None, datatype=psp.DataType.DOUBLE, value=value, alias=ALIAS
        )
        topic = psp.Topic(
            message_type=psp.MessageType.DDATA, group_id=GROUP, edge_node_id=NODE, device_id=DEVICE
        )
        payload = psp.DData(timestamp=psp.get_current_timestamp(), seq=self.seq % 256, metrics=(metric,))
        self.client.publish(
            psp.Message(topic=topic, payload=payload, qos=psp.QoS.AT_MOST_ONCE, retain=False), include_dtypes=False
        )
        self.seq += 1
        said(f"data {value}")

    def run(self, path):
        with open(path, encoding="utf-8") as commands:
            while True:
                line = commands.readline().strip()
                if line.startswith("data "):
                    self.data(float(line.split()[1]))
                elif line == "skip":
                    self.seq += 1
                elif line == "end":
                    self.node.disconnect()
                    said("ended")
                    return
                elif not self.asked.empty():
                    while not self.asked.empty():
                        self.asked.get()
                    said("rebirth asked")
                    self.birth()
                elif not line:
                    time.sleep(0.02)


Edge(sys.argv[1], int(sys.argv[2])).run(sys.argv[3])
