import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createFileSource, readReportFile } from './sources/file-source.ts';
import { createHttpSource } from './sources/http-source.ts';
import './styles/tokens.css';
import './styles/base.css';

const place = document.getElementById('app');
if (place === null) throw new Error('The page has no element with the id "app".');

// The same app in two places: in a file it finds its data beside itself, otherwise it asks `art view`.
const file = readReportFile(document);
createRoot(place).render(
  <StrictMode>
    {file === undefined ? (
      <App source={createHttpSource()} />
    ) : (
      <App source={createFileSource(file)} file={file} />
    )}
  </StrictMode>,
);
