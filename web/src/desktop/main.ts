import '../styles/base.css';
import { mount } from 'svelte';
import { applyTheme } from '../state/settings.svelte';
import Desktop from './Desktop.svelte';

applyTheme();
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app');
mount(Desktop, { target });
