// The one entry of the dashboards: styles in their order of weight, then the application's frame.
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/ledger.css';
import './styles/fleet.css';
import './styles/device.css';
import './styles/compare.css';
import './styles/quarantine.css';
import './styles/gateways.css';
import './styles/alerts.css';
import './styles/access.css';
import './shell';

/** For the tests, which import the bundle they were served and ask it. */
export * as format from './lib/format';
