/* The playground's worker: it does what the page's last order says, and tells the page at most once per frame.

   An order says which run, with which settings, up to which iteration and how fast. The worker decides nothing itself:
   its answers carry the run's number, so that the page can drop those of a run that it has left. */

function mtlWorker(model) {
  "use strict";

  const MOST_RECORDS = 400; // then every second one goes, and only every second one comes
  const SLICE = 12; // ms of work between two looks at the mailbox

  let order = { run: 0, until: 0, pace: Infinity };
  let run = null;
  let stride = 4; // iterations between two records
  let records = [];
  let frameWanted = true; // the page has drawn what it got
  let scheduled = false;
  let clock = { time: 0, iteration: 0 }; // of the last order, for the pace

  const now = () => performance.now();

  function keep() {
    if (run.iteration % stride) return;
    records.push(run.record());
    if (run.iteration / stride >= MOST_RECORDS) stride *= 2;
  }

  function post() {
    frameWanted = false;
    const { n, law, drawn } = run;
    postMessage({ run: order.run, config: run.config, n, law, drawn, stride, records, now: run.record() });
    records = [];
  }

  function work() {
    scheduled = false;
    const end = now() + SLICE;
    const due = () => (order.pace === Infinity ? Infinity : clock.iteration + ((now() - clock.time) / 1000) * order.pace);
    while (now() < end && run.iteration < order.until && run.iteration < due()) {
      run.advance();
      keep();
    }
    const running = run.iteration < order.until;
    if (frameWanted || !running) post();
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

  onmessage = ({ data }) => {
    if (data === "drawn") {
      frameWanted = true;
      return;
    }
    const another = data.run !== order.run;
    order = data;
    if (another) {
      run = model.simulation(order.config);
      stride = 4;
      records = [];
      frameWanted = true;
      keep();
    }
    clock = { time: now(), iteration: run.iteration };
    schedule(0);
  };
}
