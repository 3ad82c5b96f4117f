// What is the service that a client and a server of gRPC talk about?
const same = (value) => value;

export const ECHO = {
  say: {
    path: '/Echo/say',
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
};
