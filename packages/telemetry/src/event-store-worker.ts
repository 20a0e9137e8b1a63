import './store/store-thread.ts';
