/* The playground's worker: it trains as fast as it may, and tells the page at most once per frame. */

function mtlWorker(model) {
  "use strict";

  const MOST_RECORDS = 400; // then every second one goes, and only every second one comes
  const SLICE = 12; // ms of work between two looks at the mailbox
  const SHARE_OF_A = 0.1; // of the time may go into the matrix A

  let run = null;
  let name = 0; // of the run, to be sent with each message
  let running = false;
  let until = Infinity; // the iteration to stop at
  let pace = Infinity; // iterations per second
  let stride = 4; // iterations between two records
  let records = [];
  let frameWanted = true; // the page has drawn what it got
  let scheduled = false;
  let clock = { time: 0, iteration: 0 }; // of the last (re)start, for the pace
  let speed = { time: 0, iteration: 0, value: 0 };
  let nextA = 0;

  const now = () => performance.now();

  function restartClock() {
    clock = { time: now(), iteration: run.iteration };
    speed = { ...clock, value: 0 };
  }

  function keep() {
    if (run.iteration % stride) return;
    records.push(run.record());
    if (run.iteration / stride >= MOST_RECORDS) stride *= 2;
  }

  function post(final) {
    if (!frameWanted && !final) return;
    frameWanted = false;
    const time = now();
    if (time - speed.time > 500) {
      speed = { time, iteration: run.iteration, value: (1000 * (run.iteration - speed.iteration)) / (time - speed.time) };
    }
    const { iteration, active, n, law, drawn } = run;
    const message = { run: name, iteration, active, n, law, drawn, running, stride, records, speed: running ? speed.value : 0 };
    message.now = run.record();
    if (time >= nextA || final) {
      message.A = run.matrixA();
      nextA = now() + (now() - time) / SHARE_OF_A;
    }
    records = [];
    postMessage(message);
  }

  function work() {
    scheduled = false;
    if (!run || !running) return;
    const end = now() + SLICE;
    const due = () => (pace === Infinity ? Infinity : clock.iteration + ((now() - clock.time) / 1000) * pace);
    while (now() < end && run.iteration < until && run.iteration < due()) {
      run.advance();
      keep();
    }
    if (run.iteration >= until) running = false;
    post(!running);
    if (running) schedule(run.iteration < due() ? 0 : 8);
  }

  const again = new MessageChannel(); // comes back at once, where a timer may wait for 4 ms
  again.port1.onmessage = work;

  function schedule(delay) {
    if (scheduled) return;
    scheduled = true;
    if (delay) setTimeout(work, delay);
    else again.port2.postMessage(null);
  }

  const orders = {
    reset({ config, run: number }) {
      run = model.simulation(config);
      name = number;
      running = false;
      stride = 4;
      records = [];
      nextA = 0;
      keep();
      post(true);
    },
    run({ to = Infinity }) {
      until = to;
      running = run.iteration < until;
      restartClock();
      schedule(0);
    },
    pause() {
      running = false;
      post(true);
    },
    pace({ value }) {
      pace = value;
      if (run) restartClock();
    },
    drawn() {
      frameWanted = true;
    },
  };

  onmessage = ({ data }) => orders[data.order](data);
}
